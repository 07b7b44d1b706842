# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The table of rules: what can go wrong with a rollout, how long it may last, and what to do about it.

Read from top to bottom: causes stand above their symptoms, the special above the general. For each pod only the first
rule that matches is reported.

- ``grace``: seconds that it may last before the rollout has failed; 0: it cannot heal; None: it never fails it.
- ``needs``: ``ANY_POD``: one affected pod fails the rollout. ``ALL_PODS``: every pod of the new revision that is not
  ready must be affected; if only some are, it may be one bad node, and the rollout gets SOME_PODS_GRACE more.

The rules for what a container says before it ends are another table, ``log_causes``.
"""

from __future__ import annotations

from dataclasses import dataclass

from ansible_collections.modelops.serving.plugins.module_utils.common.placement import (
    REQUEST_REMEDY,
    SELECTOR_REMEDY,
    TAINT_REMEDY,
)
from ansible_collections.modelops.serving.plugins.module_utils.rollout import log_causes
from ansible_collections.modelops.serving.plugins.module_utils.rollout.detectors import (
    dead,
    gates,
    images,
    meanwhile,
    placement,
    probes,
    resources,
    routing,
    secrets,
    volumes,
)
from ansible_collections.modelops.serving.plugins.module_utils.rollout.detectors.detection import Detector
from ansible_collections.modelops.serving.plugins.module_utils.rollout.detectors.pods import (
    crashing,
    event,
    event_before_start,
    init_crashing,
    init_waiting,
    last_words,
    refused,
    terminated,
    waiting,
)

ANY_POD, ALL_PODS = "any pod", "all pods"
PULL = "ErrImagePull|ImagePullBackOff|ImageInspectError|RegistryUnavailable|SignatureValidationFailed"
CONFIG = "CreateContainerConfigError"
RUNTIME = "CreateContainerError|RunContainerError|ContainerCannotRun|StartError|PostStartHookError|PreStartHookError"
NETWORK = (
    r"no such host|dial tcp|dial unix|i/o timeout|connection refused|connection reset|TLS handshake|no route to host|"
    r"network is unreachable|context deadline|server misbehaving|\bEOF\b|50[0234]\b|"
    r"server gave HTTP response|Client\.Timeout"
)
# Seconds after which a kubelet has tried a second time.
PULLED_AGAIN = 15.0
DENIED = r"denied|unauthorized|forbidden|authenticat|authoriz|no basic auth|insufficient_scope|40[13]\b"
# The kubelet could not read from the API server what it has to mount; it tries again.
API_UNREACHABLE = r'(get|post) "https?://[^"]*/api/v1/namespaces/'
PROTOCOL_REMEDY = (
    "Let probe and server speak the same: scheme HTTPS for a server with TLS, HTTP for one without. With the role's "
    "probes, model_serving_tls_secret decides."
)
# A node that is new, or a disk that is on its way from another, needs a minute or two.
VOLUME_COMES = (
    r"attach|registered CSI drivers|driver name .* not found|timed out|context deadline|connection refused|"
    r"unmounted volumes|volumeattachment"
)
SECRET_OF_CONTAINER = waiting(CONFIG, r"secret .*not found")
SECRET_OF_VOLUME = event_before_start("FailedMount", r"secret .*not found")
# Seconds within which a controller makes a Secret from an object of the release.
SECRET_MADE = 60.0
SECRET_REMEDY = (
    "See why its controller does not make the Secret: kubectl describe what the message names. Or correct the "
    "Secret's name."
)
# OpenShift lists the constraints that the ServiceAccount may not use before what is wrong with the one that it may.
OTHER_CONSTRAINTS = r'provider "?[\w.-]+"?: Forbidden: not usable by user or serviceaccount(, )?'
ABSENT = r"not found|manifest unknown|name unknown|does not exist|no such image|NotFound|404\b"


@dataclass(frozen=True)
class Rule:
    reason: str
    find: Detector
    grace: float | None
    remedy: str
    needs: str = ALL_PODS


RULES = (
    # The API server refuses the pods
    Rule(
        "PodSecurityRefused",
        refused(r"violates PodSecurity"),
        0,
        "Make the pod meet the namespace's Pod Security level, or lower the level: "
        "kubectl label namespace NS pod-security.kubernetes.io/enforce=LEVEL.",
    ),
    Rule(
        "SccRefused",
        refused(r"unable to validate against any security context constraint", beside=OTHER_CONSTRAINTS),
        0,
        "Leave the user to OpenShift with model_serving_run_as_user: null. What else the message names is in "
        "model_serving_pod_security, model_serving_container_security or an extra container. Or let an administrator "
        "grant the ServiceAccount an SCC: oc adm policy add-scc-to-user nonroot-v2 -z NAME -n NAMESPACE.",
    ),
    Rule(
        "QuotaExceeded",
        refused(r"exceeded quota|failed quota"),
        2,
        "Raise the namespace's ResourceQuota, or lower requests, replicas or surge.",
    ),
    Rule(
        "LimitRangeRefused",
        refused(r"(maximum|minimum) .* usage per|limit to request ratio"),
        0,
        "Bring requests and limits inside the namespace's LimitRange.",
    ),
    Rule(
        "ServiceAccountMissing",
        refused(r"serviceaccount .*not found"),
        4,
        "Create the ServiceAccount, or name one that exists.",
    ),
    Rule(
        "WebhookUnavailable",
        refused(r"failed calling webhook|failed to call webhook"),
        60,
        "See the webhook's Service and pods: the API server does not get an answer from it, and refuses all pods.",
    ),
    Rule(
        "WebhookRefused",
        refused(r"admission webhook|ValidatingAdmissionPolicy"),
        2,
        "Meet the policy that the message names, or ask its owner for an exception.",
    ),
    Rule(
        "PodRefused",
        refused(r"forbidden|invalid"),
        3,
        "Correct the field that the message names, or meet the policy.",
    ),
    Rule(
        "PodRefused",
        refused(r""),
        15,
        "Correct the field that the message names, or meet the policy.",
    ),
    # No node fits them
    Rule("RequestTooLarge", placement.request_too_large, 2, REQUEST_REMEDY),
    Rule("NoNodeForSelector", placement.no_such_node, 2, SELECTOR_REMEDY),
    Rule(
        "NoNodeForSelector",
        placement.no_label_to_spread_by,
        2,
        "Make the topologyKey of topologySpreadConstraints a label that the nodes have.",
    ),
    Rule("TaintNotTolerated", placement.untolerated, 2, TAINT_REMEDY),
    Rule(
        "ClaimMissing",
        placement.claim_missing,
        3,
        "Create the PersistentVolumeClaim, or correct its name in model_serving_models_volume or "
        "model_serving_extra_volumes.",
    ),
    Rule(
        "VolumeNotBound",
        placement.volume,
        120,
        "See the PersistentVolumeClaim: its StorageClass, its provisioner, its zone.",
    ),
    Rule(
        "HostPortTaken",
        placement.port_taken,
        2,
        "Leave hostPort out and reach the pods through the Service; or fewer replicas than nodes, and "
        "model_serving_max_unavailable 1 with model_serving_max_surge 0.",
        ANY_POD,
    ),
    Rule(
        "NodesTooFew",
        placement.kept_apart,
        2,
        "Make the anti-affinity in model_serving_affinity a preferred one, add a node, lower the replicas, or let old "
        "pods go first: model_serving_max_unavailable 1.",
        ANY_POD,
    ),
    Rule(
        "Unschedulable",
        placement.no_room_now,
        None,
        "Free or add capacity: a node that fits is full, cordoned or not ready.",
    ),
    Rule("SchedulingGated", placement.gated, None, "See the controller that takes the gate away."),
    Rule(
        "NotScheduled",
        placement.not_looked_at,
        None,
        "Correct schedulerName, or see that scheduler's log; a resource claim that the pod needs has to exist.",
    ),
    Rule(
        "NotTakenByNode",
        placement.not_taken,
        None,
        "Correct nodeName, or see whether that node exists and its kubelet runs.",
    ),
    # The cluster ended it as a whole
    Rule(
        "VolumeOverLimit",
        dead.over_limit(r'EmptyDir volume "models" exceeds'),
        0,
        "Raise model_serving_models_size_limit above the size of the models, or fetch fewer of them.",
        ANY_POD,
    ),
    Rule(
        "VolumeOverLimit",
        dead.over_limit(r"EmptyDir volume .* exceeds"),
        0,
        "Raise the volume's sizeLimit, or write less to it. /tmp is a volume too, of 256Mi.",
        ANY_POD,
    ),
    Rule(
        "StorageOverLimit",
        dead.over_limit(r"ephemeral local storage usage exceeds|exceeded its local ephemeral storage limit"),
        0,
        "Raise the limit of ephemeral-storage, or write less to the container's own files, its log and its volumes.",
        ANY_POD,
    ),
    Rule(
        "RefusedByNode",
        dead.refused_for("SysctlForbidden"),
        10,
        "Leave the sysctl out (model_serving_pod_security), or let the node's kubelet allow it: allowedUnsafeSysctls.",
        ANY_POD,
    ),
    Rule(
        "RefusedByNode",
        dead.refused_by_node,
        10,
        "The kubelet refuses the pods: lower their requests, correct nodeName or nodeSelector, or see the node's "
        "conditions.",
        ANY_POD,
    ),
    Rule(
        "Evicted",
        dead.evicted,
        None,
        "The controller creates another pod. If this goes on, give the node what the message says it lacked.",
    ),
    # The image cannot be pulled
    Rule("ImageNameInvalid", waiting("InvalidImageName"), 0, "Correct the image's name: model_serving_image."),
    Rule(
        "ImageNotLoaded",
        waiting("ErrImageNeverPull"),
        0,
        "Load the image on the node, or let model_serving_image_pull_policy pull it.",
    ),
    Rule(
        "ImageDenied",
        waiting(PULL, DENIED, unless=NETWORK),
        1,
        "Name a Secret that may pull it in model_serving_image_pull_secrets. Check the image's name: a missing "
        "repository is denied too.",
    ),
    Rule(
        "ImageMissing",
        waiting(PULL, ABSENT, unless=NETWORK),
        0,
        "Push the image, or correct its name, tag or digest.",
    ),
    Rule(
        "RegistryRateLimit",
        waiting(PULL, r"toomanyrequests|rate limit|429\b"),
        60,
        "Wait, or pull with an account or from a mirror.",
    ),
    Rule(
        "RegistryUntrusted",
        waiting(PULL, r"x509|certificate"),
        1,
        "Give the registry's CA to the node's container runtime.",
    ),
    Rule(
        "ImageMissing",
        images.not_loaded,
        1,
        "Build and load the image under that tag, or correct the tag.",
    ),
    Rule(
        "ImageDenied",
        images.kept_from,
        1,
        "Name the Secret that it was pulled with in model_serving_image_pull_secrets, and in model_serving_image the "
        "image as it was pulled.",
    ),
    Rule(
        "RegistryUnreachable",
        waiting(PULL, NETWORK),
        PULLED_AGAIN,
        "Check that the nodes resolve and reach the registry that the image names (model_serving_image, or "
        "model_image_registry of one that is built): DNS, proxy, firewall, port.",
    ),
    Rule(
        "ImageWrongPlatform",
        waiting(PULL, r"no match for platform|no matching manifest"),
        0,
        "Build the image for the node's architecture.",
    ),
    Rule("ImagePullFails", waiting(PULL), PULLED_AGAIN, "See the message; try to pull the image by hand on the node."),
    # Its configuration or volumes are missing
    Rule(
        "ConfigKeyMissing",
        waiting(CONFIG, r"couldn't find key .* in ConfigMap"),
        3,
        "Add the key to the ConfigMap, or correct the reference.",
    ),
    Rule(
        "SecretKeyMissing",
        waiting(CONFIG, r"couldn't find key .* in Secret"),
        3,
        "Add the key to the Secret, or correct the reference.",
    ),
    Rule(
        "ConfigMapMissing",
        waiting(CONFIG, r"configmap .*not found"),
        3,
        "Create the ConfigMap, or correct its name.",
    ),
    Rule("SecretMissing", secrets.to_be_made(SECRET_OF_CONTAINER), SECRET_MADE, SECRET_REMEDY),
    Rule("SecretMissing", secrets.to_be_made(SECRET_OF_VOLUME), SECRET_MADE, SECRET_REMEDY),
    Rule("SecretMissing", SECRET_OF_CONTAINER, 3, "Create the Secret, or correct its name."),
    Rule("RunsAsRoot", waiting(CONFIG, r"runAsNonRoot"), 0, "Set runAsUser, or a numeric USER in the image."),
    Rule(
        "CacheNotSynced",
        waiting(CONFIG, r"failed to sync .* cache"),
        None,
        "Wait: the kubelet is still reading it.",
    ),
    Rule(
        "ContainerConfigInvalid",
        waiting(CONFIG),
        3,
        "Correct what the message names in the container's specification.",
    ),
    Rule(
        "ConfigMapMissing",
        event_before_start("FailedMount", r"configmap .*not found"),
        4,
        "Create the ConfigMap, or correct the volume.",
    ),
    Rule("SecretMissing", SECRET_OF_VOLUME, 4, "Create the Secret, or correct the volume."),
    Rule(
        "KeyMissing",
        event_before_start("FailedMount", r"references non-existent|non-existent config key|non-existent secret key"),
        4,
        "Add the key, or correct the volume's items.",
    ),
    Rule(
        "MemoryLimitTooSmall",
        resources.memory_limit_too_small,
        0,
        "Correct the unit of model_serving_memory_limit: Mi and Gi are megabytes and gigabytes.",
    ),
    Rule(
        "VolumeHeld",
        volumes.held_by_an_old_pod,
        10,
        "Use a volume that several nodes can mount, or let old pods go first: model_serving_max_unavailable 1 with "
        "model_serving_max_surge 0.",
    ),
    Rule(
        "VolumeFails",
        event_before_start("FailedMount", r"hostPath type check failed"),
        4,
        "Correct the volume's path or type: the node has no such file or folder.",
    ),
    Rule(
        "VolumeFails",
        event_before_start("FailedAttachVolume|FailedMount|FailedMapVolume", VOLUME_COMES, unless=API_UNREACHABLE),
        120,
        "See the volume and its driver on the node; a disk that another node still holds is free once that node lets "
        "go.",
    ),
    Rule(
        "VolumeFails",
        event_before_start("FailedMount|FailedMapVolume", unless=rf"cache|{API_UNREACHABLE}|{VOLUME_COMES}"),
        20,
        "See the volume and its driver.",
    ),
    Rule(
        "SandboxFails",
        event_before_start("FailedCreatePodSandBox", r"no runtime for|runtime handler .* not"),
        2,
        "Correct runtimeClassName, or configure that runtime on the node.",
    ),
    Rule(
        "SandboxFails",
        event_before_start("FailedCreatePodSandBox", at_least=2),
        60,
        "See the node: its CNI plugin, its pause image, its container runtime.",
    ),
    # It cannot start
    Rule(
        "WrongArchitecture",
        terminated(".*", r"exec format error"),
        0,
        "Build the image for the node's architecture.",
    ),
    Rule(
        "WrongArchitecture",
        waiting(RUNTIME + "|CrashLoopBackOff", r"exec format error"),
        0,
        "Build the image for the node's architecture.",
    ),
    Rule(
        "ContainerCannotStart",
        waiting(RUNTIME, r"seccomp profile|apparmor"),
        0,
        "Put the profile that the message names on the nodes, or correct model_serving_pod_security and "
        "model_serving_container_security.",
    ),
    Rule(
        "CommandNotFound",
        terminated("StartError|ContainerCannotRun", r"no such file|not found|permission denied"),
        0,
        "Correct command and args, or the image.",
    ),
    Rule(
        "CommandNotFound",
        waiting(RUNTIME, r"executable file not found|no such file|not found in \$PATH"),
        0,
        "Correct command and args, or the image.",
    ),
    Rule("HookFails", event("FailedPostStartHook", at_least=2), 0, "Correct the postStart hook."),
    Rule(
        "ContainerCannotStart",
        terminated("StartError|ContainerCannotRun"),
        3,
        "Correct what the runtime's message names.",
    ),
    Rule(
        "ContainerCannotStart",
        waiting(RUNTIME, unless=r"context deadline|is reserved for"),
        5,
        "Correct what the runtime's message names.",
    ),
    # It starts and ends
    Rule(
        "ProbeProtocolWrong",
        probes.killed_by("Startup", "Liveness", answer=probes.OTHER_PROTOCOL),
        0,
        PROTOCOL_REMEDY,
        ANY_POD,
    ),
    Rule(
        "ProbePortUnknown",
        probes.killed_by("Startup", "Liveness", answer=probes.PORT_UNNAMED),
        0,
        "Correct the probe's port, or name the container's port so.",
        ANY_POD,
    ),
    Rule(
        "StartupFails",
        probes.killed_by("Startup", answer=probes.REFUSES),
        0,
        "Correct the startup probe's path: the server is up and refuses it.",
        ANY_POD,
    ),
    Rule(
        "StartupTooSlow",
        probes.killed_by("Startup"),
        0,
        "Give the server more time with model_serving_startup_seconds (failureThreshold x periodSeconds), or make it "
        "start faster.",
        ANY_POD,
    ),
    Rule(
        "LivenessRestarts",
        probes.killed_by("Liveness"),
        0,
        "Correct the liveness probe's path, port or time-outs, or the server that does not answer it.",
        ANY_POD,
    ),
    Rule(
        "OutOfMemory",
        crashing(lambda ended: ended.get("reason") == "OOMKilled"),
        0,
        "Raise model_serving_memory_limit, or use a smaller model or fewer model_serving_processes.",
    ),
    *(Rule(cause.reason, last_words(cause), cause.grace, cause.remedy) for cause in log_causes.CAUSES),
    Rule("InitFails", init_crashing, 0, "See the init container's log."),
    Rule(
        "ExitsAtOnce",
        crashing(lambda ended: ended.get("exitCode") == 0),
        0,
        "Keep the command in the foreground: it ends without an error.",
    ),
    Rule(
        "CrashLoop",
        crashing(lambda ended: True),
        0,
        "Correct what its log says; without a word there, see what changed since the revision that served.",
    ),
    # It runs and does not serve
    Rule(
        "InitWaits",
        init_waiting,
        None,
        "See in its log what it waits for. If it only needs longer, raise model_serving_timeout and "
        "model_serving_progress_deadline.",
    ),
    Rule(
        "ProbeProtocolWrong",
        probes.wrong_protocol,
        0,
        PROTOCOL_REMEDY,
    ),
    Rule(
        "ProbePortUnknown",
        probes.unnamed_port,
        0,
        "Correct the probe's port, or name the container's port so.",
    ),
    Rule(
        "ProbePortUnknown",
        probes.undeclared_port,
        probes.UNDECLARED_PATIENCE,
        "Correct the probe's port. If the server does listen on it and only needs longer, declare the port.",
    ),
    Rule("LivenessFails", probes.liveness_failing, None, "Wait: the kubelet restarts it if this continues."),
    Rule("LivenessFails", probes.liveness_doubtful, None, "Wait: it may be restarted again."),
    Rule(
        "ReadinessFails",
        probes.failing("Readiness"),
        None,
        "Correct the readiness probe's path or port, or see in the log why the server is not ready. If it only needs "
        "longer, raise model_serving_timeout and model_serving_progress_deadline.",
    ),
    Rule(
        "StartupFails",
        probes.refused_for_good("Startup"),
        probes.STARTUP_PATIENCE,
        "Correct the startup probe's path: the server is up and refuses it.",
    ),
    Rule("Starting", probes.starting, None, "Wait: the startup probe's time is not over."),
    Rule(
        "LoadBalancerHoldsBack",
        gates.held_by_gke,
        None,
        "Wait: Google's health check must pass in the network endpoint group, which takes a minute, for a new load "
        "balancer several. It must get 200 from the pods' port: see the BackendConfig or HealthCheckPolicy, and that "
        "the network policy and the firewall admit 35.191.0.0/16 and 130.211.0.0/22.",
    ),
    Rule(
        "LoadBalancerHoldsBack",
        gates.held_by_aws,
        None,
        "Wait: the target group's health check must pass. See its path and port (alb.ingress.kubernetes.io/healthcheck-"
        "path), and that the network policy and the security groups admit the load balancer to the pods.",
    ),
    Rule("GateHoldsBack", gates.held, None, "See the controller that sets the condition."),
    Rule(meanwhile.REASON, meanwhile.services_changed, meanwhile.GRACE, meanwhile.REMEDY, ANY_POD),
    Rule(
        "ServiceSelectsNothing",
        routing.selects_nothing,
        2,
        "Make the Service's selector match the pods' labels.",
        ANY_POD,
    ),
    Rule(
        "ServicePortUnknown",
        routing.port_unknown,
        2,
        "Make the Service's targetPort a port name of the container.",
        ANY_POD,
    ),
    Rule("Paused", routing.paused, 0, "Resume it: kubectl rollout resume.", ANY_POD),
)
