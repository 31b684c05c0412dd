"""What the sample posters are drawn with; `posters.sample` is the entry."""
