import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { fieldErrors } from "@/api/errors";
import { collectionsKey } from "@/api/keys";
import type { Collection } from "@/api/types";
import { Actions, Button, Dialog, Form, notifyError, Select, TextField } from "@/ui";
import { changeCollection, createCollection } from "./queries";
import { possibleParents } from "./tree";

interface CollectionDialogProps {
  project: string;
  collections: readonly Collection[];
  collection: Collection | "new" | null;
  onClose: () => void;
}

/** Names a collection and says what holds it. */
export function CollectionDialog({ collection, ...rest }: CollectionDialogProps) {
  const { t } = useTranslation();
  const known = collection === "new" ? null : collection;
  return (
    <Dialog
      title={known ? t("collections.edit", { name: known.name }) : t("collections.new")}
      isOpen={collection !== null}
      onClose={rest.onClose}
    >
      {collection === null ? null : <CollectionForm {...rest} collection={known} />}
    </Dialog>
  );
}

const TOP = "";

function CollectionForm({
  project,
  collections,
  collection,
  onClose,
}: Omit<CollectionDialogProps, "collection"> & { collection: Collection | null }) {
  const { t } = useTranslation();
  const queryClient = useQueryClient();
  const [name, setName] = useState(collection?.name ?? "");
  const [parent, setParent] = useState(collection?.parent ?? TOP);
  const saving = useMutation({
    mutationFn: () => {
      const draft = { name, parent: parent === TOP ? null : parent };
      return collection ? changeCollection(collection.id, draft) : createCollection(project, draft);
    },
    onSuccess: async () => {
      onClose();
      await queryClient.invalidateQueries({ queryKey: collectionsKey(project) });
    },
    onError: (error) => {
      if (!fieldErrors(error, "name") && !fieldErrors(error, "parent")) notifyError(t("ui.notDone"), error);
    },
  });
  return (
    <Form isPending={saving.isPending} onSubmit={() => saving.mutate()}>
      <TextField
        label={t("collections.name")}
        value={name}
        onChange={setName}
        errors={fieldErrors(saving.error, "name")}
        maxLength={300}
        isRequired
        autoFocus
      />
      <Select
        label={t("collections.parent")}
        value={parent}
        options={[
          { value: TOP, label: t("collections.top") },
          ...possibleParents(collections, collection?.id ?? null).map((branch) => ({
            value: branch.collection.id,
            label: `${"\u2003".repeat(branch.depth)}${branch.collection.name}`,
          })),
        ]}
        onChange={setParent}
        errors={fieldErrors(saving.error, "parent")}
      />
      <Actions>
        <Button onPress={onClose}>{t("ui.cancel")}</Button>
        <Button type="submit" look="primary" isPending={saving.isPending}>
          {collection ? t("ui.save") : t("collections.create")}
        </Button>
      </Actions>
    </Form>
  );
}
