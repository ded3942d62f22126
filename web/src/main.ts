import { mount } from 'svelte'
import App from './App.svelte'
import './tokens.css'
import './base.css'
import { language, preferred } from './words/language.svelte'

await language.set(preferred())
mount(App, { target: document.getElementById('app')! })
