import { type ReactNode, useEffect, useRef } from "react";
import { classNames } from "./classNames";
import pageStyles from "./Page.module.css";

interface PageHeadProps {
  title: string;
  /** The link to what this page is part of, with the class `pageStyles.crumb`. */
  crumb: ReactNode;
  /** What stands before the title. */
  before?: ReactNode;
  /** What can be done here. */
  children?: ReactNode;
}

/** The bar above a page that fills the window: where one is, what can be done. */
export function PageBar({ title, crumb, before, children }: PageHeadProps) {
  return (
    <header className={pageStyles.bar}>
      {before}
      <div className={pageStyles.heading}>
        {crumb}
        <h1>{title}</h1>
      </div>
      {children}
    </header>
  );
}

interface PageProps extends Omit<PageHeadProps, "before" | "children"> {
  /** What the page is for, in a sentence or two. */
  intro: string;
  /** The ways to the pages beside it. */
  tabs?: ReactNode;
  /** What can be done here. */
  actions?: ReactNode;
  children: ReactNode;
}

/** A page that is read and scrolled as a whole: its heading, what can be done, what it is for. */
export function Page({ title, crumb, intro, tabs, actions, children }: PageProps) {
  return (
    <div className={pageStyles.page}>
      <header className={pageStyles.head}>
        <div className={pageStyles.title}>
          {crumb}
          <h1>{title}</h1>
        </div>
        {actions}
      </header>
      {tabs}
      <p className={pageStyles.intro}>{intro}</p>
      {children}
    </div>
  );
}

interface TabBarProps {
  label: string;
  className?: string | undefined;
  /** Links with the class `pageStyles.tab`. */
  children: ReactNode;
}

/** Links to the pages that stand beside this one. */
export function TabBar({ label, className, children }: TabBarProps) {
  const bar = useRef<HTMLElement>(null);
  // On a narrow screen the tab of this page may lie outside the bar.
  useEffect(() => {
    bar.current
      ?.querySelector('[aria-current="page"]')
      ?.scrollIntoView({ block: "nearest", inline: "center" });
  }, []);
  return (
    <nav ref={bar} className={classNames(pageStyles.tabs, className)} aria-label={label}>
      {children}
    </nav>
  );
}

/** What stands in a tab. */
export function TabName({ icon, name }: { icon: ReactNode; name: string }) {
  return (
    <>
      <span aria-hidden="true" className={pageStyles.icon}>
        {icon}
      </span>
      {name}
    </>
  );
}

export { pageStyles };
