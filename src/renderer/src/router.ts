/** @file The app's addresses. A trace has its own, so that it can be linked and reloaded. */
import { createRouter, createWebHashHistory, type Router } from 'vue-router'
import DebuggerView from './views/debugger/DebuggerView.vue'

export function createAppRouter(): Router {
  return createRouter({
    history: createWebHashHistory(),
    routes: [
      { path: '/', name: 'debugger', component: DebuggerView },
      { path: '/traces', name: 'traces', component: () => import('./views/traces/TracesView.vue') },
      { path: '/traces/:traceId', name: 'trace', component: DebuggerView },
      { path: '/models/:modelId?', name: 'models', component: () => import('./views/models/ModelsView.vue') },
      { path: '/:rest(.*)*', redirect: { name: 'debugger' } },
    ],
  })
}
