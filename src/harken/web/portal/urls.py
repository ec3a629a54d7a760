"""The community's routes: what is read (also without an account), and what members do."""

from django.urls import URLPattern

from .acting.urls import urlpatterns as acting_urls
from .reading.urls import urlpatterns as reading_urls

urlpatterns: list[URLPattern] = [*reading_urls, *acting_urls]
