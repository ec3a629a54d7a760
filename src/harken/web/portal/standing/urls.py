"""Standing: one's own page, whom somebody helped, and how it works."""

from django.urls import URLPattern, path

from . import mine, public

urlpatterns: list[URLPattern] = [
    path("community/me/standing/", mine.my_standing, name="community-my-standing"),
    path("community/how-standing-works/", public.how_standing_works, name="community-how-standing-works"),
    path("community/p/<str:member_slug>/helped/", public.helped, name="community-helped"),
]
