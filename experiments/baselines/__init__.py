"""What learning is compared with: classical pipelines, networks trained on labels, and superpixels cut by either."""
