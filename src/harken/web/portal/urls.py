"""The community's routes: what is read (also without an account, and by machines), and what members do."""

from django.urls import URLPattern

from .acting.urls import urlpatterns as acting_urls
from .fediverse.urls import urlpatterns as fediverse_urls
from .feeds.urls import urlpatterns as feeds_urls
from .house.urls import urlpatterns as house_urls
from .ideas.urls import urlpatterns as ideas_urls
from .reading.urls import urlpatterns as reading_urls
from .standing.urls import urlpatterns as standing_urls

# what is done comes first: below a topic, its acts before its readable name
urlpatterns: list[URLPattern] = [
    *acting_urls,
    *house_urls,
    *feeds_urls,
    *ideas_urls,
    *fediverse_urls,
    *reading_urls,
    *standing_urls,
]
