"""What is read: the home, spaces, topics, search, members. Anonymous readers get these from kept pages."""

from django.urls import URLPattern, path

from . import home, topic

urlpatterns: list[URLPattern] = [
    path("community/", home.home, name="community"),
    path("community/t/<int:topic_id>/<str:topic_slug>/", topic.topic, name="community-topic"),
]
