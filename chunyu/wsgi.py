import os

from django.conf import settings
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chunyu.settings")
if not settings.configured:  # by whoever starts the site otherwise than `chunyu up` does
    os.environ["CHUNYU_LOGIN"] = "application"
application = get_wsgi_application()

# Before the first request: with other keys than the database's own, everything written would be lost.
from django.db import connections  # noqa: E402 - needs the set-up above

from chunyu.privacy import own_keys  # noqa: E402 - needs the set-up above
from chunyu.running import fitness, places  # noqa: E402 - as above
from chunyu.running.collecting import collect_seldom  # noqa: E402 - as above
from chunyu.wall import is_the_application  # noqa: E402 - as above

if is_the_application():
    fitness.require_application(places.connection_arguments(settings.DATABASES["default"]))
own_keys.verify()
connections.close_all()
collect_seldom()
