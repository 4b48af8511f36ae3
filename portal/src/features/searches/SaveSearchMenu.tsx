import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Bookmark, Search, Sparkles } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { fieldErrors } from "@/api/errors";
import { collectionsKey, searchesKey } from "@/api/keys";
import { type Project, reaches } from "@/api/types";
import { createSmartCollection } from "@/features/collections";
import {
  Actions,
  Button,
  Checkbox,
  Dialog,
  Form,
  IconButton,
  Menu,
  MenuItem,
  notify,
  notifyError,
  TextField,
} from "@/ui";
import { saveSearch } from "./queries";

interface SaveSearchMenuProps {
  project: Project;
  /** The list that is shown, as its parameters. */
  query: Readonly<Record<string, string>>;
}

type Keeping = "search" | "smart";

/** Keeps what is searched: as a search, or as a collection that fills itself. */
export function SaveSearchMenu({ project, query }: SaveSearchMenuProps) {
  const { t } = useTranslation();
  const [open, setOpen] = useState<Keeping | null>(null);
  return (
    <>
      <Menu
        label={t("searches.save")}
        placement="bottom end"
        trigger={
          <IconButton label={t("searches.save")}>
            <Bookmark />
          </IconButton>
        }
      >
        <MenuItem label={t("searches.asSearch")} icon={<Search />} onAction={() => setOpen("search")} />
        <MenuItem
          label={t("searches.asCollection")}
          icon={<Sparkles />}
          isDisabled={!reaches(project.role, "editor")}
          onAction={() => setOpen("smart")}
        />
      </Menu>
      <Dialog
        title={open === "smart" ? t("searches.asCollection") : t("searches.asSearch")}
        isOpen={open !== null}
        onClose={() => setOpen(null)}
      >
        {open ? <SaveForm project={project} query={query} form={open} onClose={() => setOpen(null)} /> : null}
      </Dialog>
    </>
  );
}

interface SaveFormProps extends SaveSearchMenuProps {
  form: Keeping;
  onClose: () => void;
}

function SaveForm({ project, query, form, onClose }: SaveFormProps) {
  const { t } = useTranslation();
  const queryClient = useQueryClient();
  const [name, setName] = useState("");
  const [shared, setShared] = useState(false);
  const saving = useMutation({
    mutationFn: async (): Promise<void> => {
      if (form === "smart") await createSmartCollection(project.id, name, query);
      else await saveSearch(project.organization, { name, shared, query });
    },
    onSuccess: async () => {
      notify(t("searches.saved", { name }));
      onClose();
      await queryClient.invalidateQueries({ queryKey: searchesKey(project.organization) });
      await queryClient.invalidateQueries({ queryKey: collectionsKey(project.id) });
    },
    onError: (error) => {
      if (!fieldErrors(error, "name")) notifyError(t("ui.notDone"), error);
    },
  });
  return (
    <Form isPending={saving.isPending} onSubmit={() => saving.mutate()}>
      {form === "smart" ? <p>{t("searches.smartHint")}</p> : null}
      <TextField
        label={t("collections.name")}
        value={name}
        onChange={setName}
        errors={fieldErrors(saving.error, "name")}
        maxLength={300}
        isRequired
        autoFocus
      />
      {form === "search" ? (
        <Checkbox isSelected={shared} onChange={setShared} description={t("searches.shareHint")}>
          {t("searches.share")}
        </Checkbox>
      ) : null}
      <Actions>
        <Button onPress={onClose}>{t("ui.cancel")}</Button>
        <Button type="submit" look="primary" isPending={saving.isPending}>
          {t("ui.save")}
        </Button>
      </Actions>
    </Form>
  );
}
