"""Ideas: the list, what became of them as a feed, and what is done with one."""

from django.urls import URLPattern, path

from . import acts, listing

urlpatterns: list[URLPattern] = [
    path("community/ideas/", listing.ideas, name="community-ideas"),
    path("community/ideas/feed.atom", listing.feed, name="community-ideas-feed"),
    path("community/t/<int:topic_id>/want/", acts.want, name="community-want"),
    path("community/t/<int:topic_id>/turn/", acts.turn, name="community-turn"),
]
