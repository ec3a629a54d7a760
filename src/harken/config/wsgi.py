"""Django under WSGI; the front (harken.web.front) runs it on a fixed pool of threads."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "harken.config.settings")
application = get_wsgi_application()
