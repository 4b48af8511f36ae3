import { Check, EllipsisVertical, Link2, Pencil, RotateCcw, Trash2 } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Comment } from "@/api/types";
import { ConfirmDialog, IconButton, Menu, MenuItem, notify } from "@/ui";
import type { ReviewAccess } from "./access";
import styles from "./Comments.module.css";
import type { Comments } from "./useComments";

interface CommentToolsProps {
  comment: Comment;
  access: ReviewAccess;
  comments: Comments;
  onEdit: () => void;
}

/** What may be done to a comment by whoever reads it. */
export function CommentTools({ comment, access, comments, onEdit }: CommentToolsProps) {
  const { t } = useTranslation();
  const [asking, setAsking] = useState(false);
  const isMine = comment.author.id !== null && comment.author.id === access.me?.id;
  const mayResolve =
    access.changeComment !== null && comment.parent === null && (isMine || access.mayResolveAny);
  const mayChange = access.changeComment !== null && isMine;
  const copyLink = access.linkTo;
  if (!mayResolve && !mayChange && !copyLink) return null;
  return (
    <div className={styles.tools}>
      {mayResolve ? (
        <IconButton
          label={comment.resolved ? t("comments.reopen") : t("comments.resolve")}
          size="small"
          onPress={() => void comments.change(comment.id, { resolved: !comment.resolved })}
        >
          {comment.resolved ? <RotateCcw /> : <Check />}
        </IconButton>
      ) : null}
      <Menu
        label={t("ui.more")}
        placement="bottom end"
        trigger={
          <IconButton label={t("ui.more")} size="small">
            <EllipsisVertical />
          </IconButton>
        }
      >
        {copyLink ? (
          <MenuItem
            label={t("ui.copyLink")}
            icon={<Link2 />}
            onAction={() =>
              void navigator.clipboard.writeText(copyLink(comment)).then(() => notify(t("ui.copied")))
            }
          />
        ) : null}
        {mayChange ? <MenuItem label={t("ui.edit")} icon={<Pencil />} onAction={onEdit} /> : null}
        {mayChange ? (
          <MenuItem label={t("ui.delete")} icon={<Trash2 />} danger onAction={() => setAsking(true)} />
        ) : null}
      </Menu>
      <ConfirmDialog
        title={t("ui.delete")}
        text={t("comments.deleteAsk")}
        action={t("ui.delete")}
        isOpen={asking}
        onConfirm={() => {
          setAsking(false);
          void comments.remove(comment.id);
        }}
        onClose={() => setAsking(false)}
      />
    </div>
  );
}
