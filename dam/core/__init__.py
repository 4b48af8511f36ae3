from dam.core import redis_alone  # noqa: F401  imported for what its import does
from dam.core.observing import metric_files

# Before any module of the platform makes a metric: where its numbers lie is decided when it is made.
metric_files.share()
