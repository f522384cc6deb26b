{{- define "tvbot.fullname" -}}
{{- if contains "tvbot" .Release.Name -}}
{{- .Release.Name | trunc 50 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-tvbot" .Release.Name | trunc 50 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "tvbot.selector" -}}
app.kubernetes.io/name: tvbot
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{/* The pods that serve. Those of the migration have another component, so no Service leads to them. */}}
{{- define "tvbot.serverSelector" -}}
{{ include "tvbot.selector" . }}
app.kubernetes.io/component: server
{{- end -}}

{{- define "tvbot.labels" -}}
{{ include "tvbot.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end -}}

{{- define "tvbot.image" -}}
{{ printf "%s:%s" .Values.image.repository (.Values.image.tag | default .Chart.AppVersion) | quote }}
{{- end -}}

{{- define "tvbot.secretName" -}}
{{- required "set secretName to the Secret with tvbot's secrets" .Values.secretName -}}
{{- end -}}

{{/* Seconds that a stop may take: TVBOT_STOP_SECONDS, the pause before it, and 15 seconds for the end of the process. */}}
{{- define "tvbot.graceSeconds" -}}
{{- add (index .Values.settings "TVBOT_STOP_SECONDS" | default 8 | int64) (include "tvbot.pauseSeconds" .) 15 -}}
{{- end -}}

{{/* Seconds in which the cluster learns that a pod ends. Requests that arrive meanwhile are still answered. */}}
{{- define "tvbot.pauseSeconds" -}}
5
{{- end -}}

{{/* The settings as variables. They stand in the pod itself, so a changed setting rolls out by itself. */}}
{{- define "tvbot.env" -}}
- name: TVBOT_DATABASE_URL
  valueFrom:
    secretKeyRef:
      name: {{ .Values.database.secretName | default (include "tvbot.secretName" .) }}
      key: {{ .Values.database.secretKey }}
- name: TVBOT_HOST
  value: "0.0.0.0"
- name: TVBOT_PORT
  value: "3978"
- name: TVBOT_OPERATIONS_HOST
  value: "0.0.0.0"
- name: TVBOT_OPERATIONS_PORT
  value: "3979"
{{- range $name, $value := .Values.settings }}
- name: {{ $name }}
  {{- if kindIs "slice" $value }}
  value: {{ join "," $value | quote }}
  {{- else if kindIs "float64" $value }}
  value: {{ $value | int64 | quote }}
  {{- else }}
  value: {{ $value | quote }}
  {{- end }}
{{- end }}
{{- with .Values.extraEnv }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "tvbot.envFrom" -}}
- secretRef:
    name: {{ include "tvbot.secretName" . }}
{{- end -}}

{{- define "tvbot.podSecurity" -}}
runAsNonRoot: true
runAsUser: 10001
runAsGroup: 10001
fsGroup: 10001
seccompProfile:
  type: RuntimeDefault
{{- end -}}

{{- define "tvbot.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end -}}

{{- define "tvbot.placement" -}}
{{- with .Values.imagePullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.affinity }}
affinity:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}
