import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { LogOut } from "lucide-react";
import { Button } from "react-aria-components";
import { useTranslation } from "react-i18next";
import { logout, useMe } from "@/features/auth";
import { Avatar, Menu, MenuItem } from "@/ui";
import styles from "./Shell.module.css";

export function AccountMenu() {
  const { t } = useTranslation();
  const me = useMe();
  const queryClient = useQueryClient();
  const navigate = useNavigate();
  const leave = async (): Promise<void> => {
    await logout();
    queryClient.clear();
    await navigate({ to: "/login", search: { next: undefined } });
  };
  const name = me.name || me.email;
  return (
    <Menu
      label={t("app.account", { name })}
      placement="right bottom"
      trigger={
        <Button aria-label={t("app.account", { name })} className={styles.link ?? ""}>
          <Avatar name={name} />
        </Button>
      }
    >
      <MenuItem label={me.email} isDisabled />
      <MenuItem label={t("app.logout")} icon={<LogOut />} onAction={() => void leave()} />
    </Menu>
  );
}
