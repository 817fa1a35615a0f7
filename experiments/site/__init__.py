"""The documentation as a site: docs/ with every link into the sources led to a page that shows them."""
