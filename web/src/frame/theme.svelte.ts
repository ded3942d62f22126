export type Theme = 'auto' | 'light' | 'dark'

/** Light or dark as the system says, unless the person chose here. public/theme.js applies it before the first paint. */
class Choice {
  name = $state<Theme>((localStorage.getItem('theme') as Theme) || 'auto')

  set(name: Theme) {
    this.name = name
    if (name === 'auto') {
      localStorage.removeItem('theme')
      delete document.documentElement.dataset.theme
    } else {
      localStorage.setItem('theme', name)
      document.documentElement.dataset.theme = name
    }
  }
}

export const theme = new Choice()
