"""The package inside napari: a session without any windows, and the widgets, readers and writers around it."""
