import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { fieldErrors } from "@/api/errors";
import type { Client, Organization } from "@/api/types";
import { Actions, Button, Dialog, Form, notify, notifyError, Select, TextField } from "@/ui";
import { createProject, projectKeys } from "./queries";

const NONE = "none";

interface CreateProjectDialogProps {
  organization: Organization;
  clients: readonly Client[];
  client: string | undefined;
  isOpen: boolean;
  onClose: () => void;
}

export function CreateProjectDialog(props: CreateProjectDialogProps) {
  const { t } = useTranslation();
  return (
    <Dialog title={t("projects.new")} isOpen={props.isOpen} onClose={props.onClose}>
      <CreateProjectForm {...props} />
    </Dialog>
  );
}

function CreateProjectForm({ organization, clients, client, onClose }: CreateProjectDialogProps) {
  const { t } = useTranslation();
  const queryClient = useQueryClient();
  const navigate = useNavigate();
  const [name, setName] = useState("");
  const [owner, setOwner] = useState(client ?? NONE);
  const creation = useMutation({
    mutationFn: () =>
      createProject({ org: organization.id, name: name.trim(), client: owner === NONE ? null : owner }),
    onSuccess: async (project) => {
      await queryClient.invalidateQueries({ queryKey: projectKeys.all });
      notify(t("projects.created", { name: project.name }));
      onClose();
      await navigate({ to: "/p/$projectId", params: { projectId: project.id } });
    },
    onError: (error) => {
      if (!fieldErrors(error, "name")) notifyError(t("ui.notDone"), error);
    },
  });
  return (
    <Form isPending={creation.isPending} onSubmit={() => creation.mutate()}>
      <TextField
        label={t("projects.name")}
        value={name}
        onChange={setName}
        errors={fieldErrors(creation.error, "name")}
        isRequired
        maxLength={200}
        autoFocus
      />
      {clients.length > 0 ? (
        <Select
          label={t("projects.client")}
          value={owner}
          onChange={setOwner}
          options={[
            { value: NONE, label: t("projects.noClient") },
            ...clients.map(({ id, name: label }) => ({ value: id, label })),
          ]}
        />
      ) : null}
      <Actions>
        <Button onPress={onClose}>{t("ui.cancel")}</Button>
        <Button type="submit" look="primary" isPending={creation.isPending}>
          {t("projects.create")}
        </Button>
      </Actions>
    </Form>
  );
}
