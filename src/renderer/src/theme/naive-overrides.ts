/** @file The palette in naive-ui's words; it does not know which components are mounted. */
import type { GlobalThemeOverrides } from 'naive-ui'
import { monospaceFont, systemFont } from './fonts.ts'
import type { Palette } from './palette.ts'

export function naiveOverrides(palette: Palette): GlobalThemeOverrides {
  return {
    common: {
      fontFamily: systemFont,
      fontFamilyMono: monospaceFont,
      fontSize: '13px',
      fontSizeSmall: '13px',
      fontSizeTiny: '12px',
      fontSizeMedium: '13px',
      heightTiny: '22px',
      heightSmall: '28px',
      borderRadius: '4px',
      borderRadiusSmall: '3px',
      bodyColor: palette.ground,
      cardColor: palette.surface,
      modalColor: palette.surface,
      popoverColor: palette.surface,
      hoverColor: palette.raised,
      inputColor: palette.ground,
      inputColorDisabled: palette.surface,
      borderColor: palette.lineStrong,
      dividerColor: palette.line,
      textColorBase: palette.text,
      textColor1: palette.text,
      textColor2: palette.text,
      textColor3: palette.textMuted,
      textColorDisabled: palette.textFaint,
      placeholderColor: palette.textFaint,
      placeholderColorDisabled: palette.textFaint,
      primaryColor: palette.accent,
      primaryColorHover: palette.accent,
      primaryColorPressed: palette.accent,
      primaryColorSuppl: palette.accent,
      errorColor: palette.danger,
      errorColorHover: palette.danger,
      warningColor: palette.warning,
      successColor: palette.good,
    },
    Input: { border: `1px solid ${palette.lineStrong}` },
    InternalSelection: { border: `1px solid ${palette.lineStrong}` },
  }
}
