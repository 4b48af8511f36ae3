"""The platform's database backend, named in settings: Django's own, with pooled connections that forget."""
