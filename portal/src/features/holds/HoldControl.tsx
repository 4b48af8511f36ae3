import { queryOptions, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Scale } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, body } from "@/api/client";
import { fieldErrors } from "@/api/errors";
import { Actions, Badge, Button, Dialog, Form, formatDate, notify, notifyError, TextField } from "@/ui";
import styles from "./Holds.module.css";

/** What can be held by law. */
export interface Place {
  readonly kind: "version" | "asset" | "project";
  readonly id: string;
}

const holdQuery = ({ kind, id }: Place) =>
  queryOptions({
    queryKey: ["hold", kind, id] as const,
    queryFn: ({ signal }) => {
      const request = { params: { path: { id } }, signal };
      switch (kind) {
        case "version":
          return body(api.GET("/api/versions/{id}/hold", request));
        case "asset":
          return body(api.GET("/api/assets/{id}/hold", request));
        case "project":
          return body(api.GET("/api/projects/{id}/hold", request));
      }
    },
  });

function setHold({ kind, id }: Place, on: boolean, reason: string) {
  const request = { params: { path: { id } }, body: { on, reason } };
  switch (kind) {
    case "version":
      return body(api.PUT("/api/versions/{id}/hold", request));
    case "asset":
      return body(api.PUT("/api/assets/{id}/hold", request));
    case "project":
      return body(api.PUT("/api/projects/{id}/hold", request));
  }
}

/** Says that something is under a legal hold; administrators set and release it. */
export function HoldControl({ place, isAdmin }: { place: Place; isAdmin: boolean }) {
  const { t } = useTranslation();
  const { data: hold } = useQuery(holdQuery(place));
  const [asking, setAsking] = useState(false);
  if (!hold || (!hold.held && !isAdmin)) return null;
  return (
    <div className={styles.hold}>
      {hold.held ? (
        <Badge tone="warn">
          <Scale aria-hidden="true" />
          {t("holds.held")}
        </Badge>
      ) : null}
      {hold.on && hold.reason ? <span className={styles.reason}>{hold.reason}</span> : null}
      {hold.on && hold.set_at ? (
        <span className={styles.reason}>{t("holds.since", { date: formatDate(hold.set_at) })}</span>
      ) : null}
      {hold.held && !hold.on ? <span className={styles.reason}>{t("holds.elsewhere")}</span> : null}
      {isAdmin ? (
        <Button size="small" onPress={() => setAsking(true)}>
          {hold.on ? t("holds.release") : t(`holds.set.${place.kind}`)}
        </Button>
      ) : null}
      <Dialog
        title={hold.on ? t("holds.release") : t(`holds.set.${place.kind}`)}
        isOpen={asking}
        onClose={() => setAsking(false)}
      >
        <HoldForm place={place} isOn={hold.on} onClose={() => setAsking(false)} />
      </Dialog>
    </div>
  );
}

function HoldForm({ place, isOn, onClose }: { place: Place; isOn: boolean; onClose: () => void }) {
  const { t } = useTranslation();
  const queryClient = useQueryClient();
  const [reason, setReason] = useState("");
  const change = useMutation({
    mutationFn: () => setHold(place, !isOn, reason),
    onSuccess: async () => {
      notify(isOn ? t("holds.released") : t("holds.done"));
      onClose();
      await queryClient.invalidateQueries({ queryKey: ["hold"] });
      await queryClient.invalidateQueries({ queryKey: ["asset"] });
    },
    onError: (error) => {
      if (!fieldErrors(error, "reason")) notifyError(t("ui.notDone"), error);
    },
  });
  return (
    <Form isPending={change.isPending} onSubmit={() => change.mutate()}>
      <p>{isOn ? t("holds.releaseText") : t("holds.setText")}</p>
      <TextField
        label={t("holds.reason")}
        value={reason}
        onChange={setReason}
        errors={fieldErrors(change.error, "reason")}
        autoFocus
      />
      <Actions>
        <Button onPress={onClose}>{t("ui.cancel")}</Button>
        <Button type="submit" look={isOn ? "danger" : "primary"} isPending={change.isPending}>
          {isOn ? t("holds.release") : t("holds.confirm")}
        </Button>
      </Actions>
    </Form>
  );
}
