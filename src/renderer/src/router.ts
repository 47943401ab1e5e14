/** @file The app's addresses. A trace has its own, so that it can be linked and reloaded. All views come at once: a view must open also while the host is away. */
import { createRouter, createWebHashHistory, type Router } from 'vue-router'
import AuditView from './views/audit/AuditView.vue'
import DebuggerView from './views/debugger/DebuggerView.vue'
import ModelsView from './views/models/ModelsView.vue'
import SweepsView from './views/sweeps/SweepsView.vue'
import TracesView from './views/traces/TracesView.vue'
import TrainView from './views/train/TrainView.vue'

export function createAppRouter(): Router {
  return createRouter({
    history: createWebHashHistory(),
    routes: [
      { path: '/', name: 'debugger', component: DebuggerView },
      { path: '/traces', name: 'traces', component: TracesView },
      { path: '/traces/:traceId', name: 'trace', component: DebuggerView },
      { path: '/sweeps/new', name: 'new-sweep', component: SweepsView },
      { path: '/sweeps/:sweepId?', name: 'sweeps', component: SweepsView },
      { path: '/audit', name: 'audit', component: AuditView },
      { path: '/models/:modelId?', name: 'models', component: ModelsView },
      { path: '/train/new', name: 'new-training', component: TrainView },
      { path: '/train/:runId?', name: 'train', component: TrainView },
      { path: '/:rest(.*)*', redirect: { name: 'debugger' } },
    ],
  })
}
