"""What the sample posters are drawn with; `sample.drawing` is the entry."""
