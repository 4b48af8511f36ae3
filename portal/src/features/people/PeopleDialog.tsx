import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { UserMinus } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { fieldErrors } from "@/api/errors";
import type { Member, Project, Role } from "@/api/types";
import { useMe } from "@/features/auth";
import {
  Avatar,
  Button,
  Dialog,
  ErrorState,
  Form,
  formatDate,
  IconButton,
  notify,
  notifyError,
  Select,
  Skeleton,
  TextField,
} from "@/ui";
import styles from "./People.module.css";
import { addMember, changeRole, membersQuery, removeMember } from "./queries";

const ROLES = ["viewer", "reviewer", "editor", "admin"] as const satisfies readonly Role[];

interface PeopleDialogProps {
  project: Project;
  isOpen: boolean;
  onClose: () => void;
}

/** Who has been added to a project, and with which role. */
export function PeopleDialog({ project, isOpen, onClose }: PeopleDialogProps) {
  const { t } = useTranslation();
  return (
    <Dialog title={t("people.title", { project: project.name })} isOpen={isOpen} onClose={onClose} wide>
      <AddPerson project={project} />
      <People project={project} />
    </Dialog>
  );
}

function useRoleOptions() {
  const { t } = useTranslation();
  return ROLES.map((role) => ({
    value: role,
    label: t(`projects.role.${role}`),
    hint: t(`people.may.${role}`),
  }));
}

function AddPerson({ project }: { project: Project }) {
  const { t } = useTranslation();
  const queryClient = useQueryClient();
  const options = useRoleOptions();
  const [email, setEmail] = useState("");
  const [role, setRole] = useState<Role>("reviewer");
  const addition = useMutation({
    mutationFn: () => addMember(project.id, email.trim(), role),
    onSuccess: async ({ invited }) => {
      notify(t(invited ? "people.invitedNow" : "people.added", { email: email.trim() }));
      setEmail("");
      await queryClient.invalidateQueries({ queryKey: membersQuery(project.id).queryKey });
    },
    onError: (error) => {
      if (!fieldErrors(error, "email")) notifyError(t("ui.notDone"), error);
    },
  });
  return (
    <div className={styles.add}>
      <Form isPending={addition.isPending} onSubmit={() => addition.mutate()}>
        <TextField
          label={t("people.email")}
          type="email"
          autoComplete="off"
          value={email}
          onChange={setEmail}
          errors={fieldErrors(addition.error, "email")}
          isRequired
          autoFocus
        />
        <Select label={t("people.role")} options={options} value={role} onChange={setRole} />
        <Button type="submit" look="primary" isPending={addition.isPending}>
          {t("people.invite")}
        </Button>
      </Form>
    </div>
  );
}

function People({ project }: { project: Project }) {
  const { t } = useTranslation();
  const members = useQuery(membersQuery(project.id));
  if (members.isPending) return <Skeleton className={styles.skeleton} />;
  if (members.isError) return <ErrorState error={members.error} onRetry={() => void members.refetch()} />;
  if (members.data.length === 0) return <p>{t("people.empty")}</p>;
  return (
    <ul className={styles.list}>
      {members.data.map((member) => (
        <Person key={member.id} project={project} member={member} />
      ))}
    </ul>
  );
}

function Person({ project, member }: { project: Project; member: Member }) {
  const { t } = useTranslation();
  const me = useMe();
  const queryClient = useQueryClient();
  const options = useRoleOptions();
  const refresh = () => queryClient.invalidateQueries({ queryKey: membersQuery(project.id).queryKey });
  const onError = (error: Error): void => notifyError(t("ui.notDone"), error);
  const change = useMutation({
    mutationFn: (role: Role) => changeRole(project.id, member.id, role),
    onSuccess: refresh,
    onError,
  });
  const name = member.user.name || member.user.email;
  const removal = useMutation({
    mutationFn: () => removeMember(project.id, member.id),
    onSuccess: async () => {
      notify(t("people.removed", { name }));
      await refresh();
    },
    onError,
  });
  return (
    <li className={styles.person}>
      <Avatar name={name} />
      <div className={styles.who}>
        <p>
          {name}{" "}
          {member.user.email === me.email ? <span className={styles.email}>({t("people.you")})</span> : null}
        </p>
        {member.user.name ? <p className={styles.email}>{member.user.email}</p> : null}
        {member.invited ? <Invitation until={member.expires_at} /> : null}
      </div>
      <Select
        compact
        label={t("people.roleOf", { name })}
        options={options}
        value={change.variables && change.isPending ? change.variables : member.role}
        isDisabled={change.isPending}
        onChange={(role) => change.mutate(role)}
      />
      <IconButton
        label={t("people.remove", { name })}
        isPending={removal.isPending}
        onPress={() => removal.mutate()}
      >
        <UserMinus />
      </IconButton>
    </li>
  );
}

/** Somebody who has no account yet: how they get in, and how long that is possible. */
function Invitation({ until }: { until: string | null }) {
  const { t } = useTranslation();
  const isOver = until !== null && Date.parse(until) < Date.now();
  return (
    <p className={styles.invited}>
      {isOver
        ? t("people.invitationOver")
        : until
          ? t("people.invitedUntil", { date: formatDate(until) })
          : t("people.invited")}
    </p>
  );
}
