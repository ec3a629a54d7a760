"""Routes of who carries the community."""

from django.urls import URLPattern, path

from . import views

urlpatterns: list[URLPattern] = [
    path("reports/people/", views.people_page, name="community-people"),
    path("reports/people/rows/", views.people_rows, name="community-people-rows"),
    path("reports/people/credit/", views.credit_page, name="community-credit"),
]
