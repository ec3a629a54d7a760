"""Routes of the community's figures."""

from django.urls import URLPattern, path

from . import views

urlpatterns: list[URLPattern] = [
    path("reports/community/", views.community_page, name="community-figures"),
    path("reports/community/rows/", views.community_rows, name="community-figures-rows"),
    path("reports/community/<slug:family>.csv", views.community_sheet, name="community-figures-sheet"),
]
