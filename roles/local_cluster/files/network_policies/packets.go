// Copyright (c) modelops.serving contributors
// GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later

package main

import (
	"context"
	"log"
	"time"

	"github.com/florianl/go-nfqueue/v2"
	"sigs.k8s.io/kube-network-policies/pkg/network"
	"sigs.k8s.io/kube-network-policies/pkg/networkpolicy"
)

const queueNumber = 100

// Asks the engine about each packet of the queue: the first of a connection from or to a pod with a policy.
func judgePackets(ctx context.Context, engine *networkpolicy.PolicyEngine) (*nfqueue.Nfqueue, error) {
	queue, err := nfqueue.Open(&nfqueue.Config{
		NfQueue:      queueNumber,
		Flags:        nfqueue.NfQaCfgFlagGSO,
		MaxPacketLen: 128, // only the headers are read
		MaxQueueLen:  1024,
		Copymode:     nfqueue.NfQnlCopyPacket,
		WriteTimeout: 100 * time.Millisecond,
	})
	if err != nil {
		return nil, err
	}
	judge := func(packet nfqueue.Attribute) int {
		verdict := nfqueue.NfDrop
		if admitted(ctx, engine, packet) {
			verdict = nfqueue.NfAccept
		}
		if err := queue.SetVerdict(*packet.PacketID, verdict); err != nil {
			log.Printf("packet %d: %v", *packet.PacketID, err)
		}
		return 0
	}
	failed := func(err error) int {
		if temporary, ok := err.(interface{ Temporary() bool }); !ok || !temporary.Temporary() {
			log.Printf("queue %d: %v", queueNumber, err)
		}
		return 0
	}
	return queue, queue.RegisterWithErrorFunc(ctx, judge, failed)
}

// What cannot be judged is not admitted.
func admitted(ctx context.Context, engine *networkpolicy.PolicyEngine, raw nfqueue.Attribute) bool {
	packet, err := network.ParsePacket(*raw.Payload)
	if err != nil {
		log.Printf("packet %d: %v", *raw.PacketID, err)
		return false
	}
	verdict, err := engine.EvaluatePacket(ctx, &packet)
	if err != nil {
		log.Printf("from %s to %s:%d: %v", packet.SrcIP, packet.DstIP, packet.DstPort, err)
	}
	if err == nil && !verdict {
		log.Printf("refused: from %s to %s:%d %s", packet.SrcIP, packet.DstIP, packet.DstPort, packet.Proto)
	}
	return verdict && err == nil
}
