"""What members do: asking, answering, thanking, choosing; joining; their own pages."""

from django.urls import URLPattern, path

from . import asking, claiming, following, helping, joining, mail, me, notices, pictures, saying, turning

urlpatterns: list[URLPattern] = [
    path("community/join/", joining.join_page, name="community-join"),
    path("community/claim/", claiming.claim, name="community-claim"),
    path("community/claim/<str:claim_key>/", claiming.open_claim, name="community-open-claim"),
    path("community/me/", me.me, name="community-me"),
    path("community/mail/confirm/<str:confirm_token>/", mail.confirm_page, name="community-mail-confirm"),
    path("community/mail/off/<str:off_token>/", mail.off_page, name="community-mail-off"),
    path("community/bell/", notices.bell, name="community-bell"),
    path("community/t/<int:topic_id>/since/", notices.since, name="community-since"),
    path("community/notices/", notices.notices, name="community-notices"),
    path("community/notices/<int:notice_id>/", notices.notice, name="community-notice"),
    path("community/following/", following.following, name="community-following"),
    path("community/s/<str:space_slug>/follow/", following.follow_space, name="community-follow-space"),
    path("community/tags/<str:tag_name>/follow/", following.follow_tag, name="community-follow-tag"),
    path("community/files/", pictures.add_picture, name="community-add-picture"),
    path("community/files/<str:picture_name>", pictures.picture, name="community-picture"),
    path("community/ask/", asking.ask, name="community-ask"),
    path("community/ask/draft/", asking.ask_draft, name="community-ask-draft"),
    path("community/suggest/", asking.suggest, name="community-suggest"),
    path("community/t/<int:topic_id>/answers-it/", asking.answers_it, name="community-answers-it"),
    path("community/t/<int:topic_id>/answer/", saying.answer, name="community-answer"),
    path("community/t/<int:topic_id>/draft/", saying.draft, name="community-draft"),
    path("community/t/<int:topic_id>/help/", helping.help_with, name="community-help"),
    path("community/t/<int:topic_id>/not-me/", helping.not_me, name="community-not-me"),
    path("community/t/<int:topic_id>/same/", turning.same, name="community-same"),
    path("community/t/<int:topic_id>/follow/", turning.follow, name="community-follow"),
    path("community/t/<int:topic_id>/close/", turning.close, name="community-close"),
    path("community/t/<int:topic_id>/tags/", turning.tags, name="community-tags"),
    path("community/posts/<int:post_id>/comment/", saying.comment, name="community-comment"),
    path("community/posts/<int:post_id>/edit/", saying.edit, name="community-edit"),
    path("community/posts/<int:post_id>/remove/", saying.remove, name="community-remove"),
    path("community/posts/<int:post_id>/restore/", saying.restore, name="community-restore"),
    path("community/posts/<int:post_id>/thank/", turning.thank, name="community-thank"),
    path("community/posts/<int:post_id>/worked/", turning.worked, name="community-worked"),
    path("community/posts/<int:post_id>/check/", turning.check, name="community-check"),
    path("community/posts/<int:post_id>/choose/", turning.choose, name="community-choose"),
]
