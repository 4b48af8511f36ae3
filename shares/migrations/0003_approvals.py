"""The log of a link also tells of decisions."""

from django.db import migrations, models

ACTIONS = [
    ("view", "View"),
    ("unlock", "Unlock"),
    ("unlock-failed", "Unlock Failed"),
    ("assets", "Assets"),
    ("playback", "Playback"),
    ("comments", "Comments"),
    ("comment", "Comment"),
    ("comment-refused", "Comment Refused"),
    ("approvals", "Approvals"),
    ("approval", "Approval"),
    ("approval-refused", "Approval Refused"),
    ("download", "Download"),
    ("download-refused", "Download Refused"),
    ("other", "Other"),
]


class Migration(migrations.Migration):
    dependencies = [("shares", "0002_fences")]

    operations = [
        migrations.AlterField("shareaccess", "action", models.CharField(choices=ACTIONS, max_length=24)),
    ]
