// Copyright (c) modelops.serving contributors
// GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later

// Enforces the NetworkPolicies that select this node's pods. What a policy admits is decided by the engine of
// sigs.k8s.io/kube-network-policies. Its own rules need the kernel's nft_queue, which not every kernel has; the rules
// here take iptables' NFQUEUE target in its place.
package main

import (
	"context"
	"flag"
	"log"
	"net/http"
	"os/signal"
	"syscall"
	"time"

	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/kube-network-policies/pkg/api"
	"sigs.k8s.io/kube-network-policies/pkg/networkpolicy"
	"sigs.k8s.io/kube-network-policies/pkg/podinfo"
)

// Changes within this time become one change of the rules.
const settle = 100 * time.Millisecond

func main() {
	node := flag.String("node", "", "name of this node")
	health := flag.String("health-address", "127.0.0.1:9099", "answers here once the rules are in place")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, *node, *health); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, node, health string) error {
	engine, err := startEngine(ctx, node)
	if err != nil {
		return err
	}
	changed := make(chan struct{}, 1)
	engine.SetDataplaneSyncCallbacks(func() {
		select {
		case changed <- struct{}{}:
		default:
		}
	})
	ready := func(context.Context) (bool, error) { return engine.Ready(), nil }
	if err := wait.PollUntilContextCancel(ctx, settle, true, ready); err != nil {
		return err
	}
	// Before the rules, because a packet for a queue that nobody reads is dropped.
	queue, err := judgePackets(ctx, engine)
	if err != nil {
		return err
	}
	defer queue.Close()
	if err := writeRules(ctx, engine); err != nil {
		return err
	}
	defer removeRules()
	go func() {
		answer := func(http.ResponseWriter, *http.Request) {}
		log.Print(http.ListenAndServe(health, http.HandlerFunc(answer)))
	}()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-changed:
			time.Sleep(settle)
			if err := writeRules(ctx, engine); err != nil {
				return err
			}
		}
	}
}

// The engine follows policies, pods and namespaces by watches.
func startEngine(ctx context.Context, node string) (*networkpolicy.PolicyEngine, error) {
	config, err := rest.InClusterConfig()
	if err != nil {
		return nil, err
	}
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return nil, err
	}
	factory := informers.NewSharedInformerFactory(client, 0)
	pods, namespaces := factory.Core().V1().Pods(), factory.Core().V1().Namespaces()
	policies := networkpolicy.NewStandardNetworkPolicy(node, namespaces, pods, factory.Networking().V1().NetworkPolicies())
	byAddress, err := podinfo.NewInformerResolver(pods.Informer())
	if err != nil {
		return nil, err
	}
	known := podinfo.NewInformerProvider(pods, namespaces, nil, []podinfo.IPResolver{byAddress})
	factory.Start(ctx.Done())
	return networkpolicy.NewPolicyEngine(known, []api.PolicyEvaluator{policies}), nil
}
