/** @file What a linter can say about style: types are strict and checked, files stay short. Which room may import which is .dependency-cruiser.cjs's. */
import eslint from '@eslint/js'
import vue from 'eslint-plugin-vue'
import globals from 'globals'
import tseslint from 'typescript-eslint'
import vueParser from 'vue-eslint-parser'

const typed = ['src/**/*.ts', 'test/**/*.ts', 'bench/**/*.ts', 'demo/**/*.ts', '*.config.ts']
const renderer = ['src/renderer/**/*.ts', 'src/renderer/**/*.vue']

/** Rules of our own, for every typed file. */
const typedRules = {
  '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'separate-type-imports', disallowTypeAnnotations: false }],
  '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
  // A number in a message is what it says; `String(n)` around each would only be noise.
  '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
  // Whether a one-line callback hands on a void is not worth a rule.
  '@typescript-eslint/no-confusing-void-expression': 'off',
  '@typescript-eslint/no-meaningless-void-operator': 'off',
  // A type parameter that names a call's answer is used once by nature.
  '@typescript-eslint/no-unnecessary-type-parameters': 'off',
  // Bounds are proven by loops and shape checks that the type system does not see.
  '@typescript-eslint/no-non-null-assertion': 'off',
  '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
  '@typescript-eslint/unbound-method': 'off',
  // An async function may exist to meet an interface, or to turn a throw into a rejection.
  '@typescript-eslint/require-await': 'off',
  // Flags change in callbacks and foreign values defy their declared type; narrowing sees neither.
  '@typescript-eslint/no-unnecessary-condition': 'off',
  // Text is taken apart by code points on purpose: that is what tokenizers do.
  '@typescript-eslint/no-misused-spread': ['error', { allow: [{ from: 'lib', name: 'string' }, 'string'] }],
  // Hostile text is cleaned of control characters by naming them.
  'no-control-regex': 'off',
  'no-misleading-character-class': ['error', { allowEscape: true }],
  'no-console': 'error',
  eqeqeq: ['error', 'always', { null: 'ignore' }],
  'max-lines': ['error', { max: 300 }],
}

export default tseslint.config(
  { ignores: ['node_modules/', 'out/', 'dist/', 'test-results/', 'playwright-report/', '**/generated/'] },
  eslint.configs.recommended,
  { files: ['**/*.js', '**/*.cjs'], languageOptions: { globals: globals.node }, rules: { 'no-unused-vars': ['error', { varsIgnorePattern: '^_' }] } },
  { files: typed, extends: [tseslint.configs.strictTypeChecked] },
  ...vue.configs['flat/recommended'].map((config) => ({ ...config, files: ['src/renderer/**/*.vue'] })),
  {
    files: ['src/renderer/**/*.vue'],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: { parser: vueParser, parserOptions: { parser: tseslint.parser } },
    rules: {
      'max-lines': ['error', { max: 250 }],
      'vue/block-lang': ['error', { script: { lang: 'ts' } }],
      'vue/block-order': ['error', { order: ['script', 'template', 'style'] }],
      'vue/component-api-style': ['error', ['script-setup']],
      'vue/no-v-html': 'error',
      // Layout of markup is not worth a rule's noise.
      'vue/max-attributes-per-line': 'off',
      'vue/singleline-html-element-content-newline': 'off',
      'vue/multiline-html-element-content-newline': 'off',
      'vue/html-self-closing': 'off',
      'vue/html-indent': 'off',
      'vue/html-closing-bracket-newline': 'off',
      'vue/first-attribute-linebreak': 'off',
    },
  },
  {
    files: [...typed, 'src/renderer/**/*.vue'],
    languageOptions: { parserOptions: { project: ['./tsconfig.node.json', './tsconfig.web.json'], tsconfigRootDir: import.meta.dirname, extraFileExtensions: ['.vue'] } },
  },
  { files: typed, rules: typedRules },
  { files: ['src/renderer/**/*.vue'], rules: { ...typedRules, 'max-lines': ['error', { max: 250 }] } },
  { files: renderer, languageOptions: { globals: globals.browser } },
  {
    // ESLint's type program cannot read .vue files, so whatever is imported from one is unknown to it; vue-tsc checks these.
    files: ['src/renderer/**/*.vue', 'src/renderer/src/main.ts', 'src/renderer/src/router.ts'],
    rules: {
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
      '@typescript-eslint/no-redundant-type-constituents': 'off',
      '@typescript-eslint/restrict-plus-operands': 'off',
    },
  },
  // The command line speaks on the console, and the shell has nowhere else to say why it cannot start.
  { files: ['src/main/headless/**', 'src/main/desktop/**', 'test/**', 'bench/**', 'demo/**'], rules: { 'no-console': 'off' } },
  {
    files: ['**/*.test.ts', 'test/**/*.ts'],
    rules: {
      'max-lines': ['error', { max: 400 }],
      // `expect.any` and parsed JSON are typed any.
      '@typescript-eslint/no-unsafe-assignment': 'off',
      // A test double is empty where nothing happens.
      '@typescript-eslint/no-empty-function': 'off',
    },
  },
)
