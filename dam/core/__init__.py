from dam.core import metric_files

# Before any module of the platform makes a metric: where its numbers lie is decided when it is made.
metric_files.share()
