#!/usr/bin/env bash
# jsonargparse 4.53.0 with pydantic 2.14.3: one of two models, told apart by a discriminator, chosen on the command line.
#
# Expected from memory: with `learner: Annotated[A | B, Field(discriminator="kind")]`, the words
#   --learner.kind=b --learner.samples=4
# give B(samples=4), as the first word alone gives B with its own defaults (samples=8); or an error.
# Seen: the first word alone gives B with the default of A, samples=16. Both words give A(samples=4), exit code 0 and no
# word. As soon as a setting that both models have is named, the first model of the
# union that accepts it wins, and the kind that was asked for before is forgotten. With the two words in the other order
# it is B(samples=4).
# Whoever offers such a union on a command line has to put the words together before the parser sees them.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check jsonargparse==4.53.0 pydantic==2.14.3 PyYAML==6.0.3
cat > "$folder/kinds.py" <<'EOF'
import warnings
from typing import Annotated, Literal

from pydantic import BaseModel, Field

warnings.simplefilter("ignore")
from jsonargparse import ArgumentParser


class A(BaseModel):
    kind: Literal["a"] = "a"
    samples: int = 16


class B(BaseModel):
    kind: Literal["b"] = "b"
    samples: int = 8


def train(learner: Annotated[A | B, Field(discriminator="kind")] = A()):
    return learner


def parsed(*words):
    parser = ArgumentParser(exit_on_error=False)
    parser.add_function_arguments(train)
    return parser.instantiate_classes(parser.parse_args(list(words))).learner


seen = {
    "kind alone": parsed("--learner.kind=b"),
    "kind, then a shared setting": parsed("--learner.kind=b", "--learner.samples=4"),
    "a shared setting, then kind": parsed("--learner.samples=4", "--learner.kind=b"),
}
for words, found in seen.items():
    print(f"{words}: {found!r}")
assert seen["kind alone"] == B(samples=16), "it has its own defaults now"
assert seen["a shared setting, then kind"] == B(samples=4)
assert seen["kind, then a shared setting"] == A(samples=4), "it keeps the kind now"
EOF
cd "$folder"
venv/bin/python kinds.py
echo "as described"
