import { FileSpreadsheet } from "lucide-react";
import { useState } from "react";
import { FileTrigger } from "react-aria-components";
import { useTranslation } from "react-i18next";
import type { Project } from "@/api/types";
import { Actions, Button, Checkbox, Form, formatBytes, Select } from "@/ui";
import styles from "./Imports.module.css";
import { ACCEPTED, ENCODINGS, type Format, formatOf, MATCHES } from "./model";
import type { ImportRequest } from "./queries";

/** A file, and how it is to be read. */
export type Chosen = Pick<ImportRequest, "match" | "encoding" | "clear_empty" | "project"> & {
  file: File;
  format: Format;
};

interface ImportFormProps {
  project: Project;
  onChoose: (chosen: Chosen) => void;
  onClose: () => void;
}

const ANY = "any";

/** Which file, and how its rows find their assets. */
export function ImportForm({ project, onChoose, onClose }: ImportFormProps) {
  const { t } = useTranslation();
  const [file, setFile] = useState<File | null>(null);
  const [match, setMatch] = useState<(typeof MATCHES)[number] | typeof ANY>(ANY);
  const [encoding, setEncoding] = useState<(typeof ENCODINGS)[number] | typeof ANY>(ANY);
  const [isHere, setHere] = useState(true);
  const [clears, setClears] = useState(false);
  const format = file ? formatOf(file.name) : null;
  const choose = (): void => {
    if (!file || !format) return;
    onChoose({
      file,
      format,
      clear_empty: clears,
      ...(match !== ANY && { match }),
      ...(encoding !== ANY && { encoding }),
      ...(isHere && { project: project.id }),
    });
  };
  return (
    <Form isPending={false} onSubmit={choose}>
      <p className={styles.hint}>{t("imports.hint")}</p>
      <div className={styles.file}>
        <FileTrigger acceptedFileTypes={ACCEPTED} onSelect={(files) => setFile(files?.[0] ?? null)}>
          <Button autoFocus>
            <FileSpreadsheet />
            {t("imports.choose")}
          </Button>
        </FileTrigger>
        <span role="status">{file ? `${file.name} · ${formatBytes(file.size)}` : t("imports.none")}</span>
      </div>
      {file && !format ? (
        <p role="alert" className={styles.failed}>
          {t("imports.unknown")}
        </p>
      ) : null}
      <div className={styles.pair}>
        <Select
          label={t("imports.match")}
          value={match}
          options={[
            { value: ANY, label: t("imports.matches.any") },
            ...MATCHES.map((value) => ({ value, label: t(`imports.matches.${value}`) })),
          ]}
          onChange={setMatch}
        />
        <Select
          label={t("imports.encoding")}
          value={encoding}
          options={[
            { value: ANY, label: t("imports.byItself") },
            ...ENCODINGS.map((value) => ({ value, label: value })),
          ]}
          onChange={setEncoding}
        />
      </div>
      <Checkbox isSelected={isHere} onChange={setHere} description={t("imports.hereHint")}>
        {t("imports.here")}
      </Checkbox>
      <Checkbox isSelected={clears} onChange={setClears} description={t("imports.clearsHint")}>
        {t("imports.clears")}
      </Checkbox>
      <Actions>
        <Button onPress={onClose}>{t("ui.cancel")}</Button>
        <Button type="submit" look="primary" isDisabled={!format}>
          {t("imports.check")}
        </Button>
      </Actions>
    </Form>
  );
}
