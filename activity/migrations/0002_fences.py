"""Fences around the record and the feeds: nothing that happened can be changed or taken back."""

from django.db import migrations

from dam.core.db import fence


class Migration(migrations.Migration):
    dependencies = [("activity", "0001_record_and_feeds"), ("orgs", "0002_fences")]

    operations = [
        *fence("activity_event", append_only=True),
        *fence("activity_feed"),
        *fence("activity_numbered", parents={"event_id": "activity_event"}, append_only=True),
        *fence("activity_sharefeed"),
        *fence("activity_shareevent", parents={"event_id": "activity_event"}, append_only=True),
    ]
