// VitePress's own theme, with colours that have enough contrast.
import theme from "vitepress/theme";
import "./contrast.css";

export default theme;
