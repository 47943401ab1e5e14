/** @file Vite's own types, among them style sheets as modules. */
/// <reference types="vite/client" />
