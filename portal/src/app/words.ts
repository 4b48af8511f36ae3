import i18next from "i18next";
import catalogue from "@/locales/catalogue.json";
import "./i18n";

// The words of the catalogue, which no share page needs: they come with the members' entry alone.
i18next.addResourceBundle("en", "translation", catalogue, true);
