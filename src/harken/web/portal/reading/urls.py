"""What is read: the home, spaces, topics, search, members. Anonymous readers get these from kept pages."""

from django.urls import URLPattern, path

from . import home

urlpatterns: list[URLPattern] = [
    path("community/", home.home, name="community"),
]
