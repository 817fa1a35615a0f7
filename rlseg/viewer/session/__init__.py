"""What happens behind the widgets: rules, search, trainings and predictions of open layers, without Qt and napari."""

from __future__ import annotations

from rlseg.viewer.session.drawn import drawn_labels
from rlseg.viewer.session.found import Found
from rlseg.viewer.session.histograms import Histogram, histogram
from rlseg.viewer.session.job import Job
from rlseg.viewer.session.numbers import Number
from rlseg.viewer.session.planes import Planes, micrometres, planes_of
from rlseg.viewer.session.predicting import Predicted, predict_planes
from rlseg.viewer.session.project import config_of, images_of, new_project, write_image, write_text
from rlseg.viewer.session.rules import Rules, measure_rules
from rlseg.viewer.session.scene import Drawn, Scene
from rlseg.viewer.session.training import Training

__all__ = [
    "Drawn",
    "Found",
    "Histogram",
    "Job",
    "Number",
    "Planes",
    "Predicted",
    "Rules",
    "Scene",
    "Training",
    "config_of",
    "drawn_labels",
    "histogram",
    "images_of",
    "measure_rules",
    "micrometres",
    "new_project",
    "planes_of",
    "predict_planes",
    "write_image",
    "write_text",
]
