import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chunyu.settings")
application = get_wsgi_application()

# Before the first request: with other keys than the database's own, everything written would be lost.
from django.db import connections  # noqa: E402 - needs the set-up above

from chunyu.privacy import own_keys  # noqa: E402 - needs the set-up above
from chunyu.running.collecting import collect_seldom  # noqa: E402 - as above

own_keys.verify()
connections.close_all()
collect_seldom()
