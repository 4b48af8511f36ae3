"""The WSGI door: `/api` and everything else that is not a socket."""

import os

from django.core.wsgi import get_wsgi_application

from dam.core import process

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dam.settings")
application = get_wsgi_application()
process.begin("api")
