"""Features of posters for linear probes.

A kind of features is a module with a class that has a `name` (extractor, version, size and precision: the folder of
its cache) and `load(data)`, which returns the features of a PosterSet through `cache.load`. The layers that compute the
same in a network, and with it in the ONNX file, are built in `cnn/networks.py`.
"""
