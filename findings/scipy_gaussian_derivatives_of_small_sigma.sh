#!/usr/bin/env bash
# scipy 1.17.1: derivatives of Gaussians that are narrower than a sample (anisotropic volumes: sigma of one pixel of a
# plane, planes three pixels apart, is a third of a sample along z).
#
# Expected from memory: gaussian_filter1d(x, sigma, order=1) of a ramp of slope 1 gives 1 whatever sigma is, for its
# weights are normalised; order=2 of x^2 / 2 gives 1.
# Seen: the Gaussian is normalised, its derivatives, which are the sampled Gaussian times a polynomial, are not. Slope 1
# gives 0.998 at sigma 0.7, 0.860 at 0.5, 0.196 at 1/3, 0.011 at 1/4. The second derivative of x^2 / 2, which is 1, gives
# 0.02 at 0.7, -111 at 0.5 and -1447 at 1/3: the weights no longer add up to 0, so that its value comes in, and with the
# wrong sign. (x^2 / 2 at x = 20; a constant of 200 alone gives as much.) No warning.
# Who filters volumes by a sigma per axis must correct both below about one sample, or take finite differences there.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check numpy==2.4.6 scipy==1.17.1
cat > "$folder/narrow.py" <<'EOF'
import numpy as np
from scipy.ndimage import gaussian_filter1d

x = np.arange(41.0)
print("sigma  slope of x  curvature of x^2 / 2  curvature of 200")
for sigma, slope, curvature in ((2, 1.0, 0.98), (0.7, 0.998, 0.02), (0.5, 0.860, -110.6), (1 / 3, 0.196, -1447.1)):
    first = gaussian_filter1d(x, sigma, order=1)[20]
    second = gaussian_filter1d(x**2 / 2, sigma, order=2)[20]
    constant = gaussian_filter1d(np.full(41, 200.0), sigma, order=2)[20]
    print(f"{sigma:5.2f}  {first:10.3f}  {second:20.2f}  {constant:16.2f}")
    assert abs(first - slope) < 1e-3, "another slope than before"
    assert abs(second - curvature) < 0.1, "another curvature than before"
EOF
"$folder/venv/bin/python" "$folder/narrow.py"
