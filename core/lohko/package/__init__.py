"""A package on disk: a folder with one file per table and a descriptor that tells where every row came from."""
