"""What members do: asking, answering, thanking, choosing; joining; their own pages."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
