"""What is read: the home, lists, topics, search, members. Anonymous readers get these from kept pages."""

from django.urls import URLPattern, path

from . import history, home, lists, looking, members, search, topic

urlpatterns: list[URLPattern] = [
    path("community/", home.home, name="community"),
    path("community/questions/", lists.questions, name="community-questions"),
    path("community/s/<str:space_slug>/", lists.space, name="community-space"),
    path("community/t/<int:topic_id>/<str:topic_slug>/", topic.topic, name="community-topic"),
    path("community/tags/<str:tag_name>/", lists.tag, name="community-tag"),
    path("community/search/", search.search, name="community-search"),
    path("community/p/<str:member_slug>/", members.profile, name="community-member"),
    path("community/history/<int:post_id>/", history.history, name="community-history"),
    path("community/who-speaks/", members.who_speaks, name="community-who-speaks"),
    path("community/look/", looking.set_look, name="community-look"),
]
