"""What machines read of the community."""

from django.urls import URLPattern, path

from . import feeds, sitemap

urlpatterns: list[URLPattern] = [
    path("community/feed.atom", feeds.atom, name="community-atom"),
    path("community/feed.json", feeds.json_feed, name="community-json"),
    path("community/s/<str:space_slug>/feed.atom", feeds.atom, name="community-space-atom"),
    path("community/s/<str:space_slug>/feed.json", feeds.json_feed, name="community-space-json"),
    path("sitemap.xml", sitemap.index, name="sitemap"),
    path("sitemap-places.xml", sitemap.places, name="sitemap-places"),
    path("sitemap-<int:part>.xml", sitemap.part, name="sitemap-part"),
    path("robots.txt", sitemap.robots, name="robots"),
]
