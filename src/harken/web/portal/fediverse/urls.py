"""What servers of the Fediverse read."""

from django.urls import URLPattern, path

from . import finding, reading

urlpatterns: list[URLPattern] = [
    path(".well-known/webfinger", finding.webfinger, name="webfinger"),
    path(".well-known/nodeinfo", finding.nodeinfo, name="nodeinfo"),
    path("nodeinfo/2.1", finding.nodeinfo_21, name="nodeinfo-21"),
    path("ap/spaces/<int:space_id>", reading.actor, name="ap-space"),
    path("ap/spaces/<int:space_id>/outbox", reading.outbox, name="ap-outbox"),
    path("ap/spaces/<int:space_id>/followers", reading.followers, name="ap-followers"),
    path("ap/posts/<int:post_id>", reading.post, name="ap-post"),
    path("ap/topics/<int:topic_id>", reading.topic, name="ap-topic"),
]
