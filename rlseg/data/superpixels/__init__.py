"""Over-segmentations of an image into superpixels, the nodes of the region adjacency graph."""
