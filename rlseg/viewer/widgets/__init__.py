"""The widgets of the plugin, one file each: they need Qt and napari, and are named in napari.yaml alone."""
