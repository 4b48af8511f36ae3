import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { KeyRound, LogOut } from "lucide-react";
import { useState } from "react";
import { Button } from "react-aria-components";
import { useTranslation } from "react-i18next";
import { logout, useMe } from "@/features/auth";
import { TokensDialog } from "@/features/tokens";
import { Avatar, Menu, MenuItem } from "@/ui";
import styles from "./Shell.module.css";

export function AccountMenu() {
  const { t } = useTranslation();
  const me = useMe();
  const queryClient = useQueryClient();
  const navigate = useNavigate();
  const [showsTokens, setShowsTokens] = useState(false);
  const leave = async (): Promise<void> => {
    await logout();
    queryClient.clear();
    await navigate({ to: "/login", search: { next: undefined } });
  };
  const name = me.name || me.email;
  return (
    <>
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
        <MenuItem label={t("app.tokens")} icon={<KeyRound />} onAction={() => setShowsTokens(true)} />
        <MenuItem label={t("app.logout")} icon={<LogOut />} onAction={() => void leave()} />
      </Menu>
      <TokensDialog isOpen={showsTokens} onClose={() => setShowsTokens(false)} />
    </>
  );
}
