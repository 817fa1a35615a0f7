"""napari with a project or images, and the widgets beside them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rlseg.io import read_image
from rlseg.models import CONFIG, REWARD
from rlseg.viewer.readers import LayerData, image_layer, project_layers


def open_viewer(paths: Sequence[Path]) -> None:
    """Show a window, and wait until it is closed.

    Args:
        paths: projects and images.

    Raises:
        RlsegError: one of them cannot be opened.
    """
    # what cannot be read is said before there is a window
    layers = [layer for path in paths for layer in layers_of(path)]
    import napari

    furnished(napari.Viewer(title="rlseg"), layers, [path for path in paths if (path / CONFIG).is_file()])
    napari.run()


def layers_of(path: Path) -> list[LayerData]:
    """The layers of a project or an image.

    Raises:
        RlsegError: it cannot be read.
    """
    if (path / CONFIG).is_file() or path.suffix in (".yaml", ".yml"):
        return project_layers(path)
    return [image_layer(read_image(path), path.stem)]


def furnished(viewer: Any, layers: Sequence[LayerData], projects: Sequence[Path]) -> tuple[Any, Any]:
    """Put layers and both widgets into a viewer.

    Args:
        viewer: an empty one.
        layers: of images and labels.
        projects: the first is named in the widget of trainings.

    Returns:
        The widget of the rules and that of trainings.
    """
    from qtpy.QtCore import QTimer

    for data, settings, kind in layers:
        getattr(viewer, f"add_{kind}")(data, **settings)
    shown = [layer for layer in viewer.layers if layer.visible]
    if shown:
        viewer.layers.selection.active = shown[0]
    rules_dock, rules = viewer.window.add_plugin_dock_widget("rlseg", "Rules", tabify=True)
    _, training = viewer.window.add_plugin_dock_widget("rlseg", "Train and predict", tabify=True)
    if projects:
        training.open_project(projects[0].absolute())
        if (projects[0] / REWARD).is_file() and layers:
            rules.open_rules(projects[0] / REWARD)
    # when both have their places: the first tab is seen, and the image fits beside it
    QTimer.singleShot(0, rules_dock.raise_)
    QTimer.singleShot(0, viewer.reset_view)
    return rules, training
